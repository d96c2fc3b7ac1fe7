package keypair

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"

	"github.com/youmark/pkcs8"

	"github.com/penstock/penstock/internal/event"
)

const (
	saltBytes = 16
	// iterations of PBKDF2 with SHA-256. (OWASP, Password Storage Cheat Sheet, 2023.)
	iterations = 600_000
	// maxIterations bounds what a file can make us compute: some seconds.
	maxIterations = 10_000_000

	convert = "write it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc -in old.pem -out new.p8"
)

// Names of PBES2 and PBKDF2 in RFC 8018.
var (
	pbes2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	pbkdf2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
)

// decrypt reads an EncryptedPrivateKeyInfo (RFC 5958).
func decrypt(der []byte, passphrase Passphrase) (key any, err error) {
	if err := readable(der); err != nil {
		return nil, err
	}
	if !passphrase.Set() {
		return nil, &event.Error{Code: "key_passphrase", Message: fmt.Sprintf("the private key is encrypted, and %s is not set", passphrase),
			Hint: fmt.Sprintf("put the passphrase into that variable of the environment: read -rs %s && export %s", passphrase.Variable, passphrase.Variable)}
	}
	// The library's cipher panics when a file's initialization vector or content has a wrong length.
	defer func() {
		if recover() != nil {
			key, err = nil, noKey("its encrypted content is damaged")
		}
	}()
	key, _, err = pkcs8.ParsePrivateKey(der, []byte(passphrase.secret))
	if err != nil {
		// The padding does not tell a wrong passphrase from a damaged file, and the first is the likelier.
		return nil, &event.Error{Code: "key_passphrase", Message: fmt.Sprintf("the passphrase in %s does not open the private key", passphrase),
			Hint: fmt.Sprintf("check %s; `openssl pkey -in KEY -noout` asks for the passphrase and says whether it is right", passphrase.Variable)}
	}
	return key, nil
}

// readable says whether a key is encrypted in a way we read, at a cost we bear.
func readable(der []byte) error {
	var info struct {
		Algorithm struct {
			ID         asn1.ObjectIdentifier
			Parameters struct{ Derivation, Cipher pkix.AlgorithmIdentifier }
		}
		Content []byte
	}
	var cost struct {
		Salt  asn1.RawValue
		Count int
	}
	_, err := asn1.Unmarshal(der, &info)
	if err != nil || !info.Algorithm.ID.Equal(pbes2) || !info.Algorithm.Parameters.Derivation.Algorithm.Equal(pbkdf2) {
		return &event.Error{Code: "no_key", Message: "the private key is encrypted in a way that is not read here (only PBES2 with PBKDF2)", Hint: convert}
	}
	if _, err := asn1.Unmarshal(info.Algorithm.Parameters.Derivation.Parameters.FullBytes, &cost); err != nil || cost.Count < 1 || cost.Count > maxIterations {
		return &event.Error{Code: "no_key", Message: fmt.Sprintf("the private key asks for more than %d rounds of PBKDF2, or for none", maxIterations), Hint: convert}
	}
	return nil
}
