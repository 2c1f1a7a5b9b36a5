"""What the pages of RFPs show, as plain objects: read here, printed by the templates."""
