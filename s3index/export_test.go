package s3index

import "time"

// Hurry shortens the patience of b with storage.
func Hurry(b *Bucket, head, stall time.Duration) {
	w, _ := b.raw.sender.(*wire)
	w.head, w.stall = head, stall
}

// Idle is how many connections b keeps.
func Idle(b *Bucket) int {
	w, _ := b.raw.sender.(*wire)
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.idle)
}

// Address is where an object of b is read.
func Address(b *Bucket, key string) string {
	w, _ := b.raw.sender.(*wire)
	scheme := "http"
	if w.tls != nil {
		scheme = "https"
	}
	return scheme + "://" + w.host + b.raw.path + escapeKey(key)
}
