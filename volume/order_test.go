package volume_test

import (
	"fmt"
	"strings"
	"testing"

	"ngportal/volume"
)

// TestStoredOrder looks for the orders of axes that Neuroglancer 2.41.2 confuses, as e2e.TestPreflightTable has seen it do.
func TestStoredOrder(t *testing.T) {
	for order, wrong := range map[string]bool{
		"[0,1,2]": false, "[2,1,0]": false, "[2,0,1]": false, "[1,2,0]": false, "[0,2,1]": true, "[1,0,2]": true,
		"[0,1,2,3]": false, "[3,2,1,0]": false, "[0,1,3,2]": true,
	} {
		rank := strings.Count(order, ",") + 1
		sizes := "[" + strings.TrimSuffix(strings.Repeat("2,", rank), ",") + "]"
		f := files{"zarr.json": fmt.Sprintf(`{"zarr_format":3,"node_type":"array","shape":%s,"data_type":"uint8","fill_value":0,
			"chunk_grid":{"name":"regular","configuration":{"chunk_shape":%[1]s}},"chunk_key_encoding":{"name":"default"},
			"codecs":[{"name":"transpose","configuration":{"order":%s}},"bytes"]}`, sizes, order)}
		img, err := volume.ReadZarr(f.get)
		if err != nil {
			t.Errorf("%s: %v", order, err)
			continue
		}
		if got := img.Unreadable() != ""; got != wrong {
			t.Errorf("%s: refused is %v (%s), want %v", order, got, img.Unreadable(), wrong)
		}
	}
}
