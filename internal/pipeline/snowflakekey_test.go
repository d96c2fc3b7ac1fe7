package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEncryptedSnowflakeKeys are opened by the passphrase in the environment, and by nothing in the file.
func TestEncryptedSnowflakeKeys(t *testing.T) {
	text, err := os.ReadFile("../snowflake/keypair/testdata/aes256.p8")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ words, usual, own, says string }{
		"the usual variable":      {"", "correct-horse", "", ""},
		"a variable of one's own": {"&passphrase_env=OWN", "", "correct-horse", ""},
		"no passphrase":           {"", "", "", "$SNOWFLAKE_PRIVATE_KEY_PASSPHRASE is not set"},
		"a wrong one":             {"&passphrase_env=OWN", "correct-horse", "wrong", "$OWN does not open the private key"},
		"one in the file":         {"&passphrase_env=correct%20horse", "", "", "never the passphrase"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE", c.usual)
			t.Setenv("OWN", c.own)
			dir := t.TempDir()
			files := map[string]string{
				"key.p8":                string(text),
				"pipeline.yaml":         "stream: {name: s}\nwarehouse: snowflake://U@A/D/S?stage=L&key_file=key.p8" + c.words + "\n",
				"contracts/orders.yaml": "table: orders\nmatch: 'true'\ncolumns:\n  - {name: id, type: bigint}\n",
			}
			for name, text := range files {
				path := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			p, err := Load(dir)
			if c.says == "" {
				if err != nil || p.Snowflake.Key == nil {
					t.Errorf("the key was not read: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
		})
	}
}
