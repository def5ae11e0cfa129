"""Vendors to landing: the first step of the night. Writes only files, opens no database."""
