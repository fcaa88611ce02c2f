"""Generated MARCO queries and passages about invented places."""
