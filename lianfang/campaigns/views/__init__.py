"""Pages of orders, emergencies, campaigns and who goes where: parse, one operation or query, answer."""
