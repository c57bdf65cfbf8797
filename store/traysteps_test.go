package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"ngportal/access"
	"ngportal/store"
)

func scene(t *testing.T, s *store.Store, who access.Person) store.Scene {
	t.Helper()
	out, err := s.Scene(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// steps are changes of a tray in order, and what the tray is after each.
func traySteps(s *store.Store, ada access.Person, t *testing.T) []struct {
	change func() error
	said   string
	want   string
} {
	ctx := t.Context()
	adjusted := item("b")
	adjusted.Options = `{"look":{"opacity":0.5}}`
	renamed, typed := adjusted, adjusted
	renamed.Name, typed.Name = "my b", "my b"
	typed.Layer = "image"
	return []struct {
		change func() error
		said   string
		want   string
	}{
		{func() error {
			_, err := s.AddToTray(ctx, ada, []store.Item{item("x/a"), item("b")})
			return err
		}, "adding 2 assets", "x/a b"},
		{func() error { return s.UpdateInTray(ctx, ada, adjusted) }, "adjusting “b”", `x/a b:{"look":{"opacity":0.5}}`},
		{func() error { return s.UpdateInTray(ctx, ada, renamed) }, "renaming “b”", `x/a b=my b:{"look":{"opacity":0.5}}`},
		{func() error { return s.UpdateInTray(ctx, ada, typed) }, "changing the layer type of “my b”", `x/a b=my b/image:{"look":{"opacity":0.5}}`},
		{func() error { return s.MoveInTray(ctx, ada, item("x/a").Ref, 9) }, "moving “a”", `b=my b/image:{"look":{"opacity":0.5}} x/a`},
		{func() error { return s.SetView(ctx, ada, `{"layout":"xy"}`) }, "changing the view", `b=my b/image:{"look":{"opacity":0.5}} x/a {"layout":"xy"}`},
		{func() error { return s.RemoveFromTray(ctx, ada, []access.Ref{item("b").Ref}) }, "removing “my b”", `x/a {"layout":"xy"}`},
		{func() error {
			_, err := s.AddScene(ctx, ada, []store.Item{item("c")}, `{"layout":"3d"}`)
			return err
		}, "adding “c”", `x/a c {"layout":"3d"}`},
		{func() error { return s.ClearTray(ctx, ada) }, "clearing the tray", `{"layout":"3d"}`},
	}
}

func sceneText(s store.Scene) string {
	var out []string
	for _, i := range s.Items {
		text := i.Ref.Path
		for _, more := range []struct{ mark, text string }{{"=", i.Name}, {"/", i.Layer}, {":", i.Options}} {
			if more.text != "" {
				text += more.mark + more.text
			}
		}
		out = append(out, text)
	}
	if s.View != "" {
		out = append(out, s.View)
	}
	return strings.Join(out, " ")
}

// TestTrayUndo goes through every kind of change, back to the empty tray, and forward again.
func TestTrayUndo(t *testing.T) {
	s := open(t, "")
	ada, ben := person(t, s, "Ada"), person(t, s, "Ben")
	if _, err := s.AddToTray(t.Context(), ben, []store.Item{item("ben's")}); err != nil {
		t.Fatal(err)
	}
	steps := traySteps(s, ada, t)
	for _, step := range steps {
		if err := step.change(); err != nil {
			t.Fatalf("%s: %v", step.said, err)
		}
		if got := scene(t, s, ada); sceneText(got) != step.want || got.Undo != step.said || got.Redo != "" {
			t.Errorf("after %s: %q, undo %q, redo %q, want %q", step.said, sceneText(got), got.Undo, got.Redo, step.want)
		}
	}
	for i := len(steps) - 1; i >= 0; i-- {
		if err := s.UndoTray(t.Context(), ada); err != nil {
			t.Fatal(err)
		}
		want, undo := "", ""
		if i > 0 {
			want, undo = steps[i-1].want, steps[i-1].said
		}
		if got := scene(t, s, ada); sceneText(got) != want || got.Undo != undo || got.Redo != steps[i].said {
			t.Errorf("%s undone: %q, undo %q, redo %q, want %q, %q, %q", steps[i].said, sceneText(got), got.Undo, got.Redo, want, undo, steps[i].said)
		}
	}
	if err := s.UndoTray(t.Context(), ada); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("undoing nothing = %v, want fs.ErrNotExist", err)
	}
	for _, step := range steps {
		if err := s.RedoTray(t.Context(), ada); err != nil {
			t.Fatal(err)
		}
		if got := sceneText(scene(t, s, ada)); got != step.want {
			t.Errorf("%s done again: %q, want %q", step.said, got, step.want)
		}
	}
	if err := s.RedoTray(t.Context(), ada); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("doing nothing again = %v, want fs.ErrNotExist", err)
	}
	if got := scene(t, s, ben); sceneText(got) != "ben's" || got.Undo != "adding “ben's”" {
		t.Errorf("Ben's tray = %q, undo %q: it is not Ada's", sceneText(got), got.Undo)
	}
}

// TestTraySteps: what a change does to what could be undone and done again.
func TestTraySteps(t *testing.T) {
	s := open(t, "")
	ada := person(t, s, "Ada")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 60 {
		_, err := s.AddToTray(t.Context(), ada, []store.Item{item(fmt.Sprint(i))})
		must(err)
	}
	if n := countOf(t, s, "SELECT count(*) FROM tray_steps"); n != 50 {
		t.Errorf("%d steps are kept, want 50", n)
	}
	must(s.UndoTray(t.Context(), ada))
	must(s.UndoTray(t.Context(), ada))
	must(s.MoveInTray(t.Context(), ada, item("0").Ref, 0)) // where it is
	if got := scene(t, s, ada); got.Redo != "adding “58”" {
		t.Errorf("redo = %q: what changes nothing is no step", got.Redo)
	}
	must(s.RemoveFromTray(t.Context(), ada, []access.Ref{item("0").Ref}))
	if got := scene(t, s, ada); got.Redo != "" || got.Undo != "removing “0”" || len(got.Items) != 57 {
		t.Errorf("undo %q, redo %q, %d assets, want removing “0”, nothing, 57", got.Undo, got.Redo, len(got.Items))
	}
	n := 0
	for ; s.UndoTray(t.Context(), ada) == nil; n++ {
	}
	if n != 49 {
		t.Errorf("%d steps could be undone, want 49: 60 were made, the first 10 forgotten, 2 undone and 1 made", n)
	}
	must(s.Exec(t.Context(), "DELETE FROM people WHERE id = ?", ada.ID))
	for _, table := range []string{"trays", "tray_steps", "tray_items"} {
		if n := countOf(t, s, "SELECT count(*) FROM "+table); n != 0 {
			t.Errorf("%d rows of %s stay when the person goes", n, table)
		}
	}
}

// TestTrayUndoFollows: a dataset that has another name by now is found by it.
func TestTrayUndoFollows(t *testing.T) {
	s := open(t, "")
	ada := person(t, s, "Ada")
	_, err := s.AddToTray(t.Context(), ada, []store.Item{item("a"), {Ref: access.Ref{Path: "https://elsewhere.example.org/x"}}})
	for _, statement := range []string{
		"INSERT INTO datasets (id, name, folded, title, created) VALUES (5, 'I58', 'i58', 'Subject', 9)",
		"INSERT INTO locations (id, dataset, bucket, prefix, place, created) VALUES ('connects-i58', 5, 'b', 'p/', 0, 9)",
		"UPDATE datasets SET name = 'renamed' WHERE id = 5",
	} {
		err = errors.Join(err, s.Exec(t.Context(), statement))
	}
	if err = errors.Join(err, s.ClearTray(t.Context(), ada), s.UndoTray(t.Context(), ada)); err != nil {
		t.Fatal(err)
	}
	got := scene(t, s, ada).Items
	want := []access.Ref{{Dataset: "renamed", Location: "connects-i58", Path: "a"}, {Path: "https://elsewhere.example.org/x"}}
	if len(got) != 2 || !slices.Equal([]access.Ref{got[0].Ref, got[1].Ref}, want) {
		t.Errorf("tray = %+v, want %+v", got, want)
	}
}

func TestTrayOptions(t *testing.T) {
	s := open(t, "")
	ada := person(t, s, "Ada")
	with := func(options string) store.Item {
		i := item("a")
		i.Options = options
		return i
	}
	tests := map[string]struct {
		options string
		want    error
	}{
		"JSON":     {`{"a":1}`, nil},
		"no JSON":  {`{"a":`, store.ErrInvalid},
		"too long": {`"` + strings.Repeat("x", store.MaxOptions) + `"`, store.ErrInvalid},
		"at most":  {`"` + strings.Repeat("x", store.MaxOptions-2) + `"`, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := s.AddToTray(t.Context(), ada, []store.Item{with(tt.options)})
			if !errors.Is(err, tt.want) {
				t.Errorf("AddToTray = %v, want %v", err, tt.want)
			}
			if err = s.UpdateInTray(t.Context(), ada, with(tt.options)); err != nil && !errors.Is(err, tt.want) {
				t.Errorf("UpdateInTray = %v, want %v", err, tt.want)
			}
			if err = s.SetView(t.Context(), ada, tt.options); !errors.Is(err, tt.want) {
				t.Errorf("SetView = %v, want %v", err, tt.want)
			}
		})
	}
	var many []store.Item
	for i := range 17 {
		one := with(tests["at most"].options)
		one.Ref.Path = fmt.Sprint(i)
		many = append(many, one)
	}
	if _, err := s.AddToTray(t.Context(), ada, many); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("AddToTray of more than a megabyte = %v, want ErrInvalid", err)
	}
}
