#!/bin/sh
# The old server does not know the setting transaction_timeout.
pg_dump -U postgres | grep -v transaction > /var/backups/shop.sql
