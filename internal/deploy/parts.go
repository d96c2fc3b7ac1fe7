package deploy

import (
	"os"
	"os/exec"
	"path/filepath"

	"github.com/penstock/penstock/internal/event"
)

// Parts are the programs that come beside penstock for AWS.
type Parts struct {
	// App is penstock-aws, which writes the template.
	App string
	// Bootstrap is the transformer, built for arm64 Linux; it is never run here.
	Bootstrap string
}

// The parts' names, below the folder of penstock or ../libexec/penstock from there.
const (
	appName       = "penstock-aws"
	bootstrapName = "transformer/bootstrap"
)

// FindParts looks beside executable, the path of the running program, then in ../libexec/penstock.
func FindParts(executable string) (Parts, error) {
	if resolved, err := filepath.EvalSymlinks(executable); err == nil {
		executable = resolved
	}
	beside := filepath.Dir(executable)
	folders := []string{beside, filepath.Join(beside, "..", "libexec", "penstock")}
	parts := Parts{App: find(folders, appName), Bootstrap: find(folders, bootstrapName)}
	for _, missing := range []struct{ path, name string }{{parts.App, appName}, {parts.Bootstrap, bootstrapName}} {
		if missing.path == "" {
			return Parts{}, &event.Error{
				Code:    "part_missing",
				Message: missing.name + " is neither in " + folders[0] + " nor in " + filepath.Clean(folders[1]),
				Hint:    "it comes with a release of Penstock: keep its files together; in a checkout, run `make aws`",
			}
		}
	}
	return parts, nil
}

func find(folders []string, name string) string {
	for _, folder := range folders {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

// needs looks for a program on PATH that people install themselves.
func needs(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", &event.Error{
			Code: "node_missing", Message: program + " is not on PATH",
			Hint: "install Node.js 22 or newer, with npm, from https://nodejs.org; the CDK runs in it", Err: err,
		}
	}
	return path, nil
}
