package keypair

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/event"
)

const secret = "correct-horse"

// TestParseReadsOpenSSLsKeys as openssl 3 has written them: what Snowflake's documentation tells people to run, and what
// is refused with the way out.
func TestParseReadsOpenSSLsKeys(t *testing.T) {
	text, err := os.ReadFile("testdata/public.pem")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, passphrase, code, says, mend string }{
		{"aes256.p8", secret, "", "", ""},
		{"des3.p8", secret, "", "", ""},
		{"aes256.p8", "", "key_passphrase", "$OF_TEST is not set", "export OF_TEST"},
		{"aes256.p8", "wrong-horse", "key_passphrase", "$OF_TEST does not open", "openssl pkey"},
		{"pbes1.p8", secret, "no_key", "only PBES2", "-v2 aes-256-cbc"},
		{"scrypt.p8", secret, "no_key", "only PBES2", "-v2 aes-256-cbc"},
		{"old.pem", secret, "no_key", "old way", "-v2 aes-256-cbc"},
		{"costly.p8", secret, "no_key", "more than 10000000 rounds", "-v2 aes-256-cbc"},
		{"public.pem", secret, "no_key", "damaged", "penstock snowflake keys"},
	} {
		t.Run(c.file+" "+c.code, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", c.file))
			if err != nil {
				t.Fatal(err)
			}
			key, err := Parse(text, Passphrase{"OF_TEST", c.passphrase})
			if c.code == "" {
				if err != nil || !key.PublicKey.Equal(public) {
					t.Errorf("read another key: %v", err)
				}
				return
			}
			expect(t, err, c.code, c.says, c.mend)
		})
	}
}

func expect(t *testing.T, err error, code, says, mend string) {
	t.Helper()
	fault, ok := errors.AsType[*event.Error](err)
	if !ok || fault.Code != code || !strings.Contains(fault.Message, says) || !strings.Contains(fault.Hint, mend) {
		t.Errorf("%+v", err)
	}
	if text := fmt.Sprintf("%v %+v", err, err); strings.Contains(text, "horse") {
		t.Errorf("the passphrase is told: %s", text)
	}
}

func TestEncodeIsReadBackAndByOpenSSL(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, LeastBits)
	if err != nil {
		t.Fatal(err)
	}
	for _, passphrase := range []Passphrase{{}, {"OF_TEST", secret}, {"OF_TEST", "exactly8"}} {
		text, err := Encode(key, passphrase)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Parse(text, passphrase); err != nil || !again.Equal(key) {
			t.Errorf("read another key: %v", err)
		}
		if openssl, err := exec.LookPath("openssl"); err == nil {
			command := exec.Command(openssl, "pkey", "-noout", "-passin", "pass:"+passphrase.secret)
			command.Stdin = strings.NewReader(string(text))
			if out, err := command.CombinedOutput(); err != nil {
				t.Errorf("openssl: %v %s", err, out)
			}
		}
	}
	_, err = Encode(key, Passphrase{"OF_TEST", "only-7!"})
	expect(t, err, "key_passphrase", "fewer than 8 bytes", "longer")
}

// TestDamagedKeysAreRefused one byte at a time, in the head of the file, where lengths and names stand, and at its end.
func TestDamagedKeysAreRefused(t *testing.T) {
	text, err := os.ReadFile("testdata/aes256.p8")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	for i := range 130 {
		for _, flip := range []byte{1, 0x10, 0x80} {
			damaged := append([]byte(nil), block.Bytes...)
			damaged[i] ^= flip
			key, err := Parse(pem.EncodeToMemory(&pem.Block{Type: encrypted, Bytes: damaged}), Passphrase{"OF_TEST", secret})
			if _, told := errors.AsType[*event.Error](err); err != nil && !told || err == nil && key == nil {
				t.Errorf("byte %d: %v", i, err)
			}
		}
	}
	for _, rest := range []int{1, 8, 17} {
		_, err := Parse(pem.EncodeToMemory(&pem.Block{Type: encrypted, Bytes: block.Bytes[:len(block.Bytes)-rest]}), Passphrase{"OF_TEST", secret})
		if _, told := errors.AsType[*event.Error](err); !told {
			t.Errorf("without %d bytes: %v", rest, err)
		}
	}
}

func TestShortKeysAreRefused(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	key, err := rsa.GenerateKey(rand.Reader, LeastBits-8)
	if err != nil {
		t.Fatal(err)
	}
	text, err := Encode(key, Passphrase{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Parse(text, Passphrase{})
	expect(t, err, "no_key", "2040 bits", "keys")
}

func TestPassphrasesAreNotPrinted(t *testing.T) {
	t.Setenv("OF_TEST", secret)
	p := FromEnvironment("OF_TEST")
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("made", "passphrase", p)
	if text := fmt.Sprintf("%v %+v %#v %s %s", p, p, p, p, log.String()); strings.Contains(text, "horse") || !p.Set() {
		t.Error(text)
	}
}
