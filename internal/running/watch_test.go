package running

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestWatchNoticesAFolderThatIsGone(t *testing.T) {
	for name, take := range map[string]func(dir string) error{
		"removed":  os.RemoveAll,
		"moved":    func(dir string) error { return os.Rename(dir, dir+".old") },
		"replaced": func(dir string) error { return errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept, dir := t.TempDir(), filepath.Join(t.TempDir(), "data")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error)
			ctx := &looked{Context: t.Context(), first: make(chan struct{})}
			go func() { ended <- Watch(ctx, kept, dir) }()
			<-ctx.first // the folders were open and in their place
			if err := take(dir); err != nil {
				t.Fatal(err)
			}
			wantError(t, <-ended, ErrGone, "data_folder_gone", "the folder "+dir+" was removed or moved")
		})
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	watching := &looked{Context: ctx, first: make(chan struct{})}
	ended := make(chan error)
	dir := t.TempDir()
	go func() { ended <- Watch(watching, dir) }()
	<-watching.first
	// What happens inside is no business of the watch.
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestWatchLooksOnceMoreBeforeItEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	watching := &looked{Context: ctx, first: make(chan struct{})}
	ended := make(chan error)
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	go func() { ended <- Watch(watching, dir) }()
	<-watching.first
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	cancel()
	wantError(t, <-ended, ErrGone, "data_folder_gone", dir)
}

// looked is a context that tells when it is first waited for.
type looked struct {
	context.Context
	first chan struct{}
	told  bool
}

func (l *looked) Done() <-chan struct{} {
	if !l.told {
		l.told = true
		close(l.first)
	}
	return l.Context.Done()
}
