package tract_test

import (
	"errors"
	"strings"
	"testing"

	"ngportal/tract"
)

func TestPanicsReachWhoWaits(t *testing.T) {
	var w tract.Workers
	w.SetLimit(2)
	for i := range 5 {
		w.Go(func() error {
			if i == 3 {
				panic("a hostile file")
			}
			return nil
		})
	}
	defer func() {
		if p, _ := recover().(string); !strings.HasPrefix(p, "a hostile file") || !strings.Contains(p, "workers_test.go") {
			t.Errorf("recovered %q, want the panic and where it was", p)
		}
	}()
	t.Error("Wait returns ", w.Wait())
}

func TestErrorsReachWhoWaits(t *testing.T) {
	var w tract.Workers
	want := errors.New("no")
	w.Go(func() error { return want })
	if err := w.Wait(); !errors.Is(err, want) {
		t.Error(err)
	}
}
