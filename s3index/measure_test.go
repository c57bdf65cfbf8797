package s3index

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// endless lists for ever, a page of 1000 objects every wait.
type endless struct{ wait time.Duration }

func (e endless) ListObjectsV2(ctx context.Context, _ *s3.ListObjectsV2Input, _ ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	select {
	case <-time.After(e.wait):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return &s3.ListObjectsV2Output{Contents: make([]types.Object, 1000), NextContinuationToken: aws.String("more")}, nil
}

func TestCountingIsBounded(t *testing.T) {
	tests := map[string]struct {
		wait    time.Duration
		soon    int64         // objects after a second and a half
		over    time.Duration // when it has ended
		objects int64
		want    error
	}{
		"by objects": {time.Millisecond, 1_500_000, 10 * time.Second, maxCounted, ErrTooLarge},
		"by time":    {1100 * time.Millisecond, 1000, countTime + time.Second, 109_000, context.DeadlineExceeded},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCounts(&faults{})
				b := &Bucket{name: "b", api: endless{tt.wait}}
				if m := c.ask(b, "x/", 0); m != (Measure{}) {
					t.Errorf("at first %+v", m)
				}
				time.Sleep(1500*time.Millisecond + time.Microsecond)
				if m := c.ask(b, "x/", 0); m.Objects != tt.soon || m.Done || m.Err != nil {
					t.Errorf("soon %+v, want %d objects so far", m, tt.soon)
				}
				time.Sleep(tt.over)
				if m := c.ask(b, "x/", 0); m.Objects != tt.objects || m.Done || !errors.Is(m.Err, tt.want) {
					t.Errorf("%+v, want %d objects and %v", m, tt.objects, tt.want)
				}
				time.Sleep(countRetry)
				if m := c.ask(b, "x/", 0); m != (Measure{}) {
					t.Errorf("a minute later %+v, want another try", m)
				}
				c.stop()
				synctest.Wait()
				if m := c.ask(b, "x/", 0); !errors.Is(m.Err, context.Canceled) {
					t.Errorf("stopped: %+v", m)
				}
			})
		})
	}
}

// TestManyAreCounted, four at once; of more than a thousand the others have to ask again.
func TestManyAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounts(&faults{})
		b := &Bucket{name: "b", api: endless{time.Second}}
		for i := range maxCounts + 10 {
			c.ask(b, fmt.Sprint(i), int64(i))
		}
		time.Sleep(1500 * time.Millisecond)
		going := 0
		for i := range maxCounts + 10 {
			if c.ask(b, fmt.Sprint(i), int64(i)).Objects > 0 {
				going++
			}
		}
		if going != counters || len(c.known) != maxCounts {
			t.Errorf("%d are counted, %d known, want %d and %d", going, len(c.known), counters, maxCounts)
		}
		c.stop()
		synctest.Wait()
		c.ask(b, "new", 0)
		if _, ok := c.known["b\x00new"]; !ok {
			t.Error("what is over does not make room")
		}
	})
}

// TestCountsWait: of one person only a few, so that others need not wait for hours; and who waits is told.
func TestCountsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounts(&faults{})
		b := &Bucket{name: "b", api: endless{time.Second}}
		for i := range counters + maxWaiting + 2 {
			want := Measure{Waiting: i >= counters && i < counters+maxWaiting, Later: i >= counters+maxWaiting}
			if m := c.ask(b, fmt.Sprint("mine", i), 0); m != want {
				t.Errorf("count %d: %+v, want %+v", i, m, want)
			}
		}
		if m := c.ask(b, "other", 7); m != (Measure{Waiting: true}) {
			t.Errorf("of somebody else: %+v, want it to wait", m)
		}
		time.Sleep(2*countTime + 3*time.Second) // those that wait have had their turn
		if m := c.ask(b, "other", 7); m.Waiting || m.Objects == 0 {
			t.Errorf("of somebody else, later: %+v, want it counted", m)
		}
		if m := c.ask(b, "mine9", 0); m != (Measure{}) {
			t.Errorf("what was put off: %+v, want it to begin", m)
		}
		c.stop()
		synctest.Wait()
		if len(c.waiting) != 0 {
			t.Errorf("after the end there wait %v", c.waiting)
		}
	})
}

// panicky has a bug.
type panicky struct{}

func (panicky) ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	panic("a bug")
}

// TestPanicWhileCounting ends neither the process nor the counts of others.
func TestPanicWhileCounting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounts(&faults{})
		for i := range 2 * counters {
			c.ask(&Bucket{name: "b", api: panicky{}}, fmt.Sprint(i), 0)
			synctest.Wait()
			if m := c.ask(&Bucket{name: "b"}, fmt.Sprint(i), 0); !isPanic(m.Err) {
				t.Errorf("%+v, want a panic", m)
			}
		}
	})
}

func TestFailuresAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, bad := newFailures(), errors.New("bad")
		f.note("a", bad)
		time.Sleep(59 * time.Second)
		if !errors.Is(f.find("a"), bad) || f.find("b") != nil {
			t.Error("within a minute it is not known")
		}
		time.Sleep(2 * time.Second)
		if f.find("a") != nil || len(f.known) != 0 {
			t.Error("after a minute it is still known")
		}
		for i := range maxFailures + 1 {
			f.note(fmt.Sprint(i), bad)
		}
		if len(f.known) > maxFailures {
			t.Errorf("%d are known", len(f.known))
		}
	})
}
