package phantom

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// fill makes both buckets with one file that holds text.
func fill(text string) func(string) error {
	return func(temp string) error {
		for _, bucket := range buckets() {
			if err := (tree{filepath.Join(temp, bucket)}).putText("a/b.txt", text); err != nil {
				return err
			}
		}
		return nil
	}
}

func texts(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	for _, bucket := range buckets() {
		data, err := os.ReadFile(filepath.Join(dir, bucket, "a", "b.txt"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(data))
	}
	return all
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestPublishReplacesOnlyItsOwn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	if err := publish(dir, "1", fill("one")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"other-bucket/keep.txt", ".hidden/keep.txt", scratch + "killed/half.txt"} {
		if err := (tree{dir}).putText(path, "mine"); err != nil {
			t.Fatal(err)
		}
	}
	if err := (tree{dir}).putText(PrivateBucket+"/stale.txt", "of version 1"); err != nil {
		t.Fatal(err)
	}
	if err := publish(dir, "1", fill("never")); err != nil {
		t.Fatal(err)
	}
	if got := texts(t, dir); !slices.Equal(got, []string{"one", "one"}) {
		t.Errorf("the same version again gives %q, want it untouched", got)
	}
	if err := publish(dir, "2", fill("two")); err != nil {
		t.Fatal(err)
	}
	if got := texts(t, dir); !slices.Equal(got, []string{"two", "two"}) {
		t.Errorf("another version gives %q, want it replaced", got)
	}
	want := []string{".hidden", ".phantom-version", MicroscopyBucket, PrivateBucket, "other-bucket"}
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
	if got := names(t, filepath.Join(dir, PrivateBucket)); !slices.Equal(got, []string{"a"}) {
		t.Errorf("the bucket holds %q, want nothing of version 1", got)
	}
}

func TestPublishMakesALostBucketAgain(t *testing.T) {
	dir := t.TempDir()
	if err := publish(dir, "1", fill("one")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, MicroscopyBucket)); err != nil {
		t.Fatal(err)
	}
	if err := publish(dir, "1", fill("again")); err != nil {
		t.Fatal(err)
	}
	if got := texts(t, dir); !slices.Equal(got, []string{"again", "again"}) {
		t.Errorf("got %q, want both made again", got)
	}
}

func TestPublishGoesOnAfterAnInterruption(t *testing.T) {
	dir := t.TempDir()
	if err := publish(dir, "1", fill("one")); err != nil {
		t.Fatal(err)
	}
	// As a run leaves it that is killed between the two buckets.
	if err := os.WriteFile(filepath.Join(dir, marker), []byte(unready+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, PrivateBucket)); err != nil {
		t.Fatal(err)
	}
	if err := publish(dir, "2", fill("two")); err != nil {
		t.Fatal(err)
	}
	if got := texts(t, dir); !slices.Equal(got, []string{"two", "two"}) {
		t.Errorf("got %q, want version 2", got)
	}
}

func TestPublishLeavesForeignFoldersAlone(t *testing.T) {
	dir := t.TempDir()
	if err := (tree{dir}).putText(PrivateBucket+"/thesis.txt", "years of work"); err != nil {
		t.Fatal(err)
	}
	err := publish(dir, "1", fill("one"))
	if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v, want fs.ErrExist that names %s", err, dir)
	}
	if got := names(t, dir); !slices.Equal(got, []string{PrivateBucket}) {
		t.Errorf("the folder holds %q, want what was there", got)
	}
	if _, err := os.Stat(filepath.Join(dir, PrivateBucket, "thesis.txt")); err != nil {
		t.Error(err)
	}
}

func TestPublishUndoesWhatFails(t *testing.T) {
	dir := t.TempDir()
	if err := publish(dir, "1", fill("one")); err != nil {
		t.Fatal(err)
	}
	halfway := func(temp string) error {
		return errors.Join(fill("half")(temp), &fs.PathError{Op: "write", Path: temp, Err: syscall.ENOSPC})
	}
	err := publish(dir, "2", halfway)
	if !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), "write sample data to "+dir) {
		t.Errorf("error %v, want the system's own after what was done", err)
	}
	if got := texts(t, dir); !slices.Equal(got, []string{"one", "one"}) {
		t.Errorf("after a failure the buckets hold %q, want the former data", got)
	}
	if got, want := names(t, dir), []string{".phantom-version", MicroscopyBucket, PrivateBucket}; !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

func TestWriteToAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("cannot mount a small disk: %v: %s", err, out)
	}
	defer func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	}()
	err := publish(dir, Version, func(temp string) error { return putTiles(tree{filepath.Join(temp, MicroscopyBucket)}) })
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("error %v, want no space left on device", err)
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("the full disk holds %q, want nothing", got)
	}
}

func TestWriteBelowAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	err := Write(filepath.Join(file, "below"))
	if !errors.Is(err, syscall.ENOTDIR) || !strings.Contains(err.Error(), file) {
		t.Errorf("error %v, want not a directory, with the path", err)
	}
}

func TestWriteWhereItMayNot(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o555); err != nil {
		t.Fatal(err)
	}
	if err := Write(closed); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error %v, want fs.ErrPermission", err)
	}
}
