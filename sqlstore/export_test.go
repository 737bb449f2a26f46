package sqlstore

// CopyBatch is how many rows a copy takes at once.
var CopyBatch = &copyBatch
