package warehouse

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"strings"

	"github.com/penstock/penstock/internal/catalog"
)

// Intact reports whether the file at the path has the size and the checksum that it was committed with.
func Intact(f catalog.File, path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, file)
	if err != nil {
		return false, err
	}
	return (f.Bytes == 0 || n == f.Bytes) && (f.SHA256 == "" || strings.EqualFold(hex.EncodeToString(sum.Sum(nil)), f.SHA256)), nil
}
