#!/bin/sh
pg_dump -p 5432 > dump.sql
