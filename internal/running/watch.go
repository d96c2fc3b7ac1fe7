package running

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// ErrGone: a folder of a running pipeline was removed, or something else is in its place.
var ErrGone = errors.New("the folder is gone")

// watchPause is how often Watch looks: what is acknowledged in between may be lost.
const watchPause = time.Second

// Watch returns when one of the folders is no longer the one it was at the call, with an error marked
// ErrGone, or when ctx ends, with its error. A process goes on writing into files that somebody has
// removed and notices nothing, and nobody finds them afterwards.
func Watch(ctx context.Context, folders ...string) error {
	watched := make([]*os.File, len(folders))
	for i, path := range folders {
		path, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		// While it is open, no other folder gets its number.
		if watched[i], err = os.Open(path); err != nil {
			return err
		}
		defer watched[i].Close() //nolint:errcheck // it was only looked at
	}
	ticker := time.NewTicker(watchPause)
	defer ticker.Stop()
	for {
		// Before it looks, so that it has looked once more when ctx ended.
		ended := ctx.Err()
		for _, folder := range watched {
			if gone(folder) {
				return errGone(folder.Name())
			}
		}
		if ended != nil {
			return ended
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// gone says that a folder's name leads elsewhere or nowhere. A disk that does not answer is no proof.
func gone(folder *os.File) bool {
	there, err := os.Stat(folder.Name())
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	opened, err := folder.Stat()
	return err == nil && !os.SameFile(opened, there)
}

func errGone(folder string) error {
	return &marked{&event.Error{
		Code:    "data_folder_gone",
		Message: fmt.Sprintf("the folder %s was removed or moved while the pipeline used it, so the pipeline ends", folder),
		Hint:    "move it back or restore it from a backup, and start the pipeline again; what was acknowledged and is in neither is lost",
	}, ErrGone}
}
