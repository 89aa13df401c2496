"""Renderings of saved evidence; nothing here touches a store."""
