package lake

import (
	"os"

	"golang.org/x/sys/unix"
)

// renameNoReplace renames in one step. Not every file system can; then the error is
// errors.ErrUnsupported or EINVAL.
func renameNoReplace(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}
