package harness

import (
	"os"
	"path/filepath"
	"testing"
)

// New is a pipeline of the given files, named by their paths in the pipeline's folder, not yet
// started.
func New(t testing.TB, files map[string]string) *Pipeline {
	t.Helper()
	p := &Pipeline{Dir: filepath.Join(t.TempDir(), "pipeline"), Data: filepath.Join(t.TempDir(), "data"), t: t}
	for name, text := range files {
		p.Write(name, text)
	}
	return p
}

// Write puts a file into the pipeline's folder, in the place of one of that name.
func (p *Pipeline) Write(name, text string) {
	p.t.Helper()
	path := p.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// Read is the text of a file of the pipeline's folder.
func (p *Pipeline) Read(name string) string {
	p.t.Helper()
	text, err := os.ReadFile(p.path(name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

func (p *Pipeline) path(name string) string { return filepath.Join(p.Dir, filepath.FromSlash(name)) }

// Alone gives the pipeline and the commands run with it a list of running pipelines of their own,
// so that they find each other without --data and nothing else that runs on this machine.
func (p *Pipeline) Alone(dir string) *Pipeline {
	p.Env = append(p.Env, "XDG_CACHE_HOME="+filepath.Join(dir, "cache"), "TMPDIR="+dir)
	return p
}
