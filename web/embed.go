// Package web holds the pages that `npm run build` made, for the HTTP server to serve.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Pages returns the built pages, with index.html at the root, and whether they were built: a Go build
// without Node holds none, and serves the API alone.
func Pages() (fs.FS, bool) {
	pages, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, false
	}
	_, err = fs.Stat(pages, "index.html")
	return pages, err == nil
}
