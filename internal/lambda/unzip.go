package lambda

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/penstock/penstock/internal/event"
)

const (
	// maxUnpacked is Lambda's quota for an unpacked deployment package.
	maxUnpacked = 250 << 20
	// maxEntries bounds the files of a zip; a function with all of its node_modules has some thousands.
	maxEntries = 100_000
)

// unzip unpacks a function's zip into a new folder. Nothing is written outside of it.
func unzip(path, into string) (err error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return &event.Error{Code: "function", Message: path + " is not a zip that can be read", Err: err, Hint: "build the function's zip again"}
	}
	defer func() { err = errors.Join(err, archive.Close()) }()
	if len(archive.File) > maxEntries {
		return &event.Error{Code: "function", Message: fmt.Sprintf("%s has %d files, more than %d", path, len(archive.File), maxEntries)}
	}
	left := int64(maxUnpacked)
	for _, file := range archive.File {
		if !filepath.IsLocal(file.Name) {
			return &event.Error{Code: "function", Message: fmt.Sprintf("%s holds %q, which lies outside of the function's folder", path, file.Name)}
		}
		target := filepath.Join(into, filepath.FromSlash(file.Name))
		switch mode := file.Mode(); {
		case mode.IsDir():
			err = os.MkdirAll(target, 0o700)
		case mode.IsRegular():
			var n int64
			n, err = unpack(file, target, left)
			left -= n
		default:
			continue // links and devices are not code
		}
		if err != nil {
			return &event.Error{Code: "function", Message: fmt.Sprintf("%s cannot be unpacked: %s", path, file.Name), Err: err}
		}
	}
	return nil
}

// unpack writes one file of at most left bytes.
func unpack(file *zip.File, target string, left int64) (n int64, err error) {
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return 0, err
	}
	from, err := file.Open()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, file.Mode().Perm()&0o700|0o600)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	n, err = io.Copy(to, io.LimitReader(from, left+1))
	if n > left {
		return n, fmt.Errorf("unpacked it is larger than %d MiB, Lambda's quota", maxUnpacked>>20)
	}
	return n, err
}
