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

// codePatterns are the files of a pipeline's folder that the function carries. All else stays at home, such as
// .env and data.
var codePatterns = []string{pipeline.FileName, "contracts/*.yaml", "contracts/*.yml", "dashboards/*.yaml", "dashboards/*.yml"}

// BuildCode fills the empty folder to with what becomes the function's zip: bootstrap and the pipeline's
// files. The same files give the same folder, times and modes included, so that an unchanged pipeline is no
// change to deploy.
func BuildCode(to, bootstrap, pipelineDir string) error {
	size, err := copyFile(filepath.Join(to, "bootstrap"), bootstrap, 0o755)
	if err != nil {
		return err
	}
	for _, pattern := range codePatterns {
		files, err := filepath.Glob(filepath.Join(escapeGlob(pipelineDir), filepath.FromSlash(pattern)))
		if err != nil {
			return fmt.Errorf("list the pipeline's files: %w", err)
		}
		for _, file := range files {
			name, err := filepath.Rel(pipelineDir, file)
			if err != nil {
				return fmt.Errorf("name the pipeline's files: %w", err)
			}
			n, err := copyFile(filepath.Join(to, name), file, 0o644)
			if err != nil {
				return err
			}
			size += n
		}
	}
	if size > MaxCodeBytes {
		return &event.Error{
			Code: "code_too_large", Message: fmt.Sprintf("the function's code has %d bytes, and Lambda takes %d", size, MaxCodeBytes),
			Hint: "make contracts/ and dashboards/ smaller",
		}
	}
	return sameTimes(to)
}

// escapeGlob makes every character of a path stand for itself in a pattern.
func escapeGlob(path string) string {
	escaped := make([]byte, 0, len(path))
	for i := range len(path) {
		if c := path[i]; c == '*' || c == '?' || c == '[' || c == '\\' && os.PathSeparator == '/' {
			escaped = append(escaped, '\\')
		}
		escaped = append(escaped, path[i])
	}
	return string(escaped)
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
