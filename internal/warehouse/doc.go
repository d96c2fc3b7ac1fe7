// Package warehouse turns committed lake files into rows people can query: the loader, and what it
// needs from a warehouse, from the catalog and from the lake.
//
// A commit is loaded whole: all its files, its drops and the shard's new watermark go into the
// warehouse in one transaction, so that after any crash a file is there not at all or once. A file
// that cannot be loaded is recorded as such and holds up nothing behind it.
package warehouse
