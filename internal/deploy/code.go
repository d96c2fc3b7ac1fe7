package deploy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/pipeline"
)

// MaxCodeBytes is how much a function's code may be when it is unpacked (Lambda's quotas, "Deployment package
// size": 250 MB).
const MaxCodeBytes = 250_000_000

// buildTime is the time of every file of the code: a file that was only touched is no change. It is the
// earliest that a zip can hold.
var buildTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// BuildCode fills the empty folder to with what becomes the function's zip: bootstrap, and the contracts, which
// are all that the function reads. Whoever may look at a function may download its zip, so everything else stays at
// home: pipeline.yaml can hold a password's hash or a webhook's address with its token. The same files give the same
// folder, times and modes included, so that an unchanged contract is no change of the function.
func BuildCode(to, bootstrap, pipelineDir string) error {
	size, err := copyFile(filepath.Join(to, "bootstrap"), bootstrap, 0o755)
	if err != nil {
		return err
	}
	contracts, err := pipeline.ContractFiles(pipelineDir)
	if err != nil {
		return err
	}
	for _, name := range contracts {
		name = filepath.FromSlash(name)
		n, err := copyFile(filepath.Join(to, name), filepath.Join(pipelineDir, name), 0o644)
		if err != nil {
			return err
		}
		size += n
	}
	if size > MaxCodeBytes {
		return &event.Error{
			Code: "code_too_large", Message: fmt.Sprintf("the function's code has %d bytes, and Lambda takes %d", size, MaxCodeBytes),
			Hint: "make the files of contracts/ smaller",
		}
	}
	return sameTimes(to)
}

func copyFile(to, from string, mode fs.FileMode) (size int64, err error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return 0, fmt.Errorf("build the function's code: %w", err)
	}
	in, err := os.Open(from)
	if err != nil {
		return 0, fmt.Errorf("build the function's code: %w", err)
	}
	defer in.Close() //nolint:errcheck // only read
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return 0, fmt.Errorf("build the function's code: %w", err)
	}
	size, err = io.Copy(out, in)
	// The umask may have taken bits away from what OpenFile was asked for.
	if err = errors.Join(err, out.Chmod(mode), out.Close()); err != nil {
		return 0, fmt.Errorf("build the function's code: %w", err)
	}
	return size, nil
}

func sameTimes(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			err = os.Chmod(path, 0o755)
		}
		return errors.Join(err, os.Chtimes(path, buildTime, buildTime))
	})
}
