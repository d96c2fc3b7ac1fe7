package session

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/snowflake/keypair"
)

func TestKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "snowflake.p8")
	key, err := MakeKey(path, keypair.Passphrase{})
	if err != nil {
		t.Fatal(err)
	}
	info, _ := os.Stat(path)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if again, err := ReadKey(path); err != nil || !again.Equal(key) {
		t.Errorf("read another key: %v", err)
	}
	if _, err := MakeKey(path, keypair.Passphrase{}); code(err) != "key_exists" {
		t.Errorf("a second key: %v", err)
	}
	sealed := filepath.Join(filepath.Dir(path), "sealed.p8")
	t.Setenv(keypair.Variable, "correct-horse")
	made, err := MakeKey(sealed, keypair.FromEnvironment(""))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ReadKey(sealed); err != nil || !again.Equal(made) {
		t.Errorf("read another encrypted key: %v", err)
	}
	t.Setenv(keypair.Variable, "")
	if _, err := ReadKey(sealed); code(err) != "key_passphrase" {
		t.Errorf("an encrypted key without its passphrase: %v", err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadKey(path); code(err) != "key_readable" {
		t.Errorf("a key others may read: %v", err)
	}
	if err := os.WriteFile(path, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = os.Chmod(path, 0o600)
	if _, err := ReadKey(path); code(err) != "no_key" {
		t.Errorf("no key: %v", err)
	}
}

func code(err error) string {
	if fault, ok := errors.AsType[*event.Error](err); ok {
		return fault.Code
	}
	return ""
}
