package snowflake

import (
	"crypto/rand"
	"crypto/rsa"
	"os"
	"testing"

	"github.com/penstock/penstock/internal/contract"
)

func TestSmoke(t *testing.T) {
	key, _ := rsa.GenerateKey(rand.Reader, 2048)
	c, err := Open(t.Context(), Config{Account: "a", User: "u", Key: key, Database: "PENSTOCK", Schema: "ORDERS", Stream: "orders",
		Endpoint: os.Getenv("FS"), LakeURL: "file:///tmp/lake"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	set, err := contract.Compile([]contract.Source{{Name: "o.yaml", Text: mustRead(t)}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := c.Prepare(t.Context(), set.Tables()); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(c.Describe(t.Context()))
	t.Log(c.Watermarks(t.Context()))
	t.Log(c.Snapshot(t.Context()))
}

func mustRead(t *testing.T) []byte {
	b, err := os.ReadFile("../../../examples/orders/contracts/orders.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return b
}
