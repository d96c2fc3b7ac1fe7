package powerloss

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// scriptVariable makes the test binary run one of scripts in a folder, "name:folder".
const scriptVariable = "PENSTOCK_POWERLOSS_SCRIPT"

func TestMain(m *testing.M) {
	if script := os.Getenv(scriptVariable); script != "" {
		os.Exit(runScript(script))
	}
	os.Exit(m.Run())
}

func runScript(script string) int {
	name, dir, _ := strings.Cut(script, ":")
	if err := scripts[name](dir); err != nil {
		println(err.Error())
		return 1
	}
	return 0
}

// record runs a script under the recorder.
func record(t *testing.T, script, dir string) *Recording {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), scriptVariable+"="+script+":"+dir)
	cmd.Stderr = os.Stderr
	r, err := Record(t.Context(), dir, t.TempDir(), cmd)
	if errors.Is(err, ErrNoTracer) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// scripts are what the recorded process does; it prints a line where a cut is wanted.
var scripts = map[string]func(dir string) error{
	"model":  modelScript,
	"append": func(dir string) error { return appendScript(dir, false) },
	"nosync": func(dir string) error { return appendScript(dir, true) },
	// The pipeline itself is told by an environment variable whether to sync.
	"program": programScript,
}

func say(line string) { _, _ = os.Stdout.WriteString(line + "\n") }

func modelScript(dir string) error {
	at := func(name string) string { return filepath.Join(dir, name) }
	sync := func(name string) error {
		f, err := os.Open(at(name))
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	}
	f, err := os.Create(at("a"))
	if err != nil {
		return err
	}
	_, err = f.WriteString("hello")
	steps := []func() error{
		func() error { say("written"); return f.Sync() },
		func() error { say("synced"); return sync(".") },
		func() error { say("named"); _, err := f.WriteAt([]byte("J"), 0); return err },
		func() error { say("overwritten"); return os.Rename(at("a"), at("b")) },
		func() error { say("renamed"); return sync("b") },
		func() error { say("renamed synced"); return sync(".") },
		func() error { say("renamed named"); return os.MkdirAll(at("x/y"), 0o755) },
		func() error { return os.WriteFile(at("x/y/c"), []byte("c"), 0o600) },
		func() error { return errors.Join(sync("x/y/c"), sync("x/y"), sync("x")) },
		func() error { say("deep"); return sync(".") },
		func() error { say("deep named"); return f.Truncate(2) },
		func() error { say("truncated"); return errors.Join(f.Sync(), os.Remove(at("old"))) },
		func() error { say("removed"); return sync(".") },
		func() error { say("end"); return f.Close() },
	}
	for _, step := range steps {
		if err != nil {
			return err
		}
		err = step()
	}
	return err
}

// TestModel checks what is left at each step of a script against the model as doc.go tells it.
func TestModel(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "old"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := record(t, "model", dir)
	want := map[string]string{
		"written":        "old=old",
		"synced":         "old=old",
		"named":          "a=hello old=old",
		"overwritten":    "a=hello old=old",
		"renamed":        "a=hello old=old",
		"renamed synced": "a=Jello old=old",
		"renamed named":  "b=Jello old=old",
		"deep":           "b=Jello old=old",
		"deep named":     "b=Jello old=old x/y/c=c",
		"truncated":      "b=Jello old=old x/y/c=c",
		"removed":        "b=Je old=old x/y/c=c",
		"end":            "b=Je x/y/c=c",
	}
	seen := map[string]bool{}
	cuts := make([]Cut, r.lines)
	for i := range cuts {
		cuts[i].Line = i + 1
	}
	err := r.Each(cuts, func(m Moment) error {
		said := strings.Split(strings.TrimSpace(string(m.Output)), "\n")
		step := said[len(said)-1]
		if step == "" || seen[step] {
			return nil
		}
		seen[step] = true
		rebuilt := filepath.Join(t.TempDir(), "rebuilt")
		if err := m.Rebuild(rebuilt); err != nil {
			return err
		}
		if got := listing(t, rebuilt); got != want[step] {
			t.Errorf("after %q: %s, want %s", step, got, want[step])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != len(want) {
		t.Errorf("steps seen: %v", seen)
	}
}

// listing is "name=content" of every file in dir.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all = append(all, name+"="+string(bytes.TrimSpace(content)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

// TestLuckKeepsWhatIsSynced: whatever else survives, what was synced does.
func TestLuckKeepsWhatIsSynced(t *testing.T) {
	f := newFile(0o600)
	f.write(1, 0, bytes.Repeat([]byte("a"), 3*page))
	f.sync(2)
	f.write(3, 3*page, bytes.Repeat([]byte("b"), 5*page))
	sizes := map[int]bool{}
	for seed := range uint64(50) {
		content := f.survivor(rand.New(rand.NewPCG(seed, 0)))
		if !bytes.HasPrefix(content, bytes.Repeat([]byte("a"), 3*page)) {
			t.Fatal("a synced page is lost")
		}
		sizes[len(content)/page] = true
	}
	if !sizes[3] || !sizes[8] || len(sizes) < 4 {
		t.Fatalf("sizes in pages: %v", sizes)
	}
}
