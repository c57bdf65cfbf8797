package s3index

import (
	"context"

	"ngportal/volume"
)

// Parts reads parts of objects of b below prefix, as decoding does.
func Parts(ctx context.Context, b *Bucket, prefix string) volume.Ranger { return b.ranger(ctx, prefix) }
