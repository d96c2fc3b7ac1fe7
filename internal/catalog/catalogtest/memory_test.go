package catalogtest_test

import (
	"testing"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/catalog/catalogtest"
)

func TestMemoryJournal(t *testing.T) {
	catalogtest.RunJournal(t, func(*testing.T) (catalog.Journal, func() catalog.Journal) {
		j := catalogtest.NewJournal()
		return j, func() catalog.Journal { return j }
	})
}
