package deploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/penstock/penstock/internal/event"
)

// Assembly is a folder with a template and the code it names, as the CDK's command line takes it. It belongs
// to its maker until Remove.
type Assembly struct {
	// Dir is the cloud assembly.
	Dir string
	// Template is the path of the stack's CloudFormation template.
	Template string

	root string
}

// Remove deletes the assembly.
func (a Assembly) Remove() error { return os.RemoveAll(a.root) }

// Synth writes the assembly of a pipeline's folder. It takes Node, no network and no credentials, and some
// ten seconds. What is wrong with the folder itself is for the caller to find before.
func Synth(ctx context.Context, parts Parts, pipelineDir string, env Environment) (_ Assembly, err error) {
	if err := needsNode(ctx); err != nil {
		return Assembly{}, err
	}
	root, err := os.MkdirTemp("", "penstock-aws-")
	if err != nil {
		return Assembly{}, fmt.Errorf("make a folder for the template: %w", err)
	}
	a := Assembly{Dir: filepath.Join(root, "cdk.out"), root: root}
	a.Template = filepath.Join(a.Dir, env.Stack+".template.json")
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Remove())
		}
	}()
	code := filepath.Join(root, "code")
	if err := os.Mkdir(code, 0o755); err != nil {
		return Assembly{}, fmt.Errorf("make a folder for the function: %w", err)
	}
	if err := BuildCode(code, parts.Bootstrap, pipelineDir); err != nil {
		return Assembly{}, err
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, parts.App, "-pipeline", pipelineDir, "-transformer", code, "-out", a.Dir,
		"-stack", env.Stack, "-account", env.Account, "-region", env.Region)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return Assembly{}, &event.Error{
			Code: "synth_failed", Message: "the template could not be written: " + string(bytes.TrimSpace(said.Bytes())), Err: err,
		}
	}
	return a, nil
}
