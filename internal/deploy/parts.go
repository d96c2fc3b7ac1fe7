package deploy

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

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

// oldestNode is the oldest major version of Node.js that the CDK's code runs in.
const oldestNode = 20

// needsNode looks for Node.js, and whether it is new enough: in an older one, what fails is a line of the CDK's code.
func needsNode(ctx context.Context) error {
	path, err := needs("node")
	if err != nil {
		return err
	}
	said, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return &event.Error{Code: "node_missing", Message: path + " --version fails", Err: err, Hint: installNode}
	}
	version := strings.TrimSpace(string(said))
	var major int
	if _, err := fmt.Sscanf(version, "v%d.", &major); err == nil && major < oldestNode {
		return &event.Error{Code: "node_old", Message: "Node.js is " + version + " (" + path + "), and the CDK needs 20 at least", Hint: installNode}
	}
	return nil
}

const installNode = "install Node.js 22 or newer, with npm, from https://nodejs.org; the CDK runs in it"

// needs looks for a program on PATH that people install themselves.
func needs(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", &event.Error{
			Code: "node_missing", Message: program + " is not on PATH",
			Hint: installNode, Err: err,
		}
	}
	return path, nil
}
