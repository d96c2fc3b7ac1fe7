//go:build !linux

package lake

import "errors"

// renameNoReplace is missing here; a hard link takes its place.
func renameNoReplace(from, to string) error { return errors.ErrUnsupported }
