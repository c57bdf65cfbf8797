package volume_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ngportal/volume"
)

func TestReadSegments(t *testing.T) {
	tests := map[string]struct {
		text    string
		want    []volume.Segment
		skipped int
	}{
		"BIDS": {
			"index\tname\tabbreviation\tcolor\tmapping\n0\tBackground\tBG\t#000000\t0\n7\tGray Matter\tGM\t#FF53bb\t1\n",
			[]volume.Segment{{0, "Background", "#000000"}, {7, "Gray Matter", "#ff53bb"}},
			0,
		},
		"columns in another order, mark, line ends of Windows, n/a": {
			"\ufeffColor\tName\tIndex\r\nn/a\tthalamus\t12\r\n#abc\tn/a\t13\r\nn/a\tn/a\t14\r\n",
			[]volume.Segment{{12, "thalamus", ""}, {13, "", "#aabbcc"}},
			1,
		},
		"quotes": {
			"index\tname\n1\t\"left \"\"big\"\"\tone\"\n2\t\"open\n",
			[]volume.Segment{{1, "left \"big\" one", ""}, {2, "open", ""}},
			0,
		},
		"LINC's value and label":  {"value\tlabel\n5\tCST\n", []volume.Segment{{5, "CST", ""}}, 0},
		"the label is the number": {"label\tname\tr\tg\tb\n5\tCST\t255\t0\t16\n", []volume.Segment{{5, "CST", "#ff0010"}}, 0},
		"commas":                  {"id,label,red,green,blue\n3.0,\"a, b\",1,2,3\n", []volume.Segment{{3, "a, b", "#010203"}}, 0},
		"rows without sense": {
			"index\tname\n\n# a comment\n-1\tminus\n1.5\thalf\nx\tletter\n2\ttwo\n2\ttwo again\n18446744073709551615\tlargest\n18446744073709551616\ttoo large\n9\n",
			[]volume.Segment{{2, "two", ""}, {18446744073709551615, "largest", ""}},
			7,
		},
		"colors that are none": {"index\tname\tcolor\n1\ta\tred\n2\tb\t#12345\n3\tc\t00FF7f\n", []volume.Segment{{1, "a", ""}, {2, "b", ""}, {3, "c", "#00ff7f"}}, 0},
		"FreeSurfer": {
			"#$Id: FreeSurferColorLUT.txt\n\n#No. Label Name:                            R   G   B   A\n\n0   Unknown                                 0   0   0   0\n" +
				"1   Left-Cerebral-Exterior                  70  130 180 0\n# 7 commented 1 2 3 0\n2   Left-Cerebral-White-Matter  245 245 245 0\n99 broken 1 2\n98 bright 300 1 1 0\n",
			[]volume.Segment{{0, "Unknown", "#000000"}, {1, "Left-Cerebral-Exterior", "#4682b4"}, {2, "Left-Cerebral-White-Matter", "#f5f5f5"}},
			2,
		},
		"ITK-SNAP": {
			"################\n# ITK-SnAP Label Description File\n# IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL\n################\n" +
				"    0     0    0    0        0  0  0    \"Clear Label\"\n    1   255    0    0        1  1  1    \"Label 1\"\n    2   0  255    0        0.5  1  1    \"\"\n",
			[]volume.Segment{{0, "Clear Label", "#000000"}, {1, "Label 1", "#ff0000"}},
			1,
		},
		"a line break within a name, and bytes that are no text": {"index\tname\n1\ta\x00b\xffc\n", []volume.Segment{{1, "a b\ufffdc", ""}}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, skipped, err := volume.ReadSegments([]byte(tt.text))
			if err != nil || !slices.Equal(got, tt.want) || skipped != tt.skipped {
				t.Errorf("got %v, %d skipped, %v\nwant %v, %d", got, skipped, err, tt.want, tt.skipped)
			}
		})
	}
}

func TestReadSegmentsRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "words": "Dear all,\nplease find attached\n", "a header only": "index\tname\n", "no names": "index\tsize\n1\t2\n",
		"UTF-16": "\xff\xfei\x00n\x00", "huge": strings.Repeat(" ", volume.MaxMetadata+1), "zeros": strings.Repeat("\x00", 1000),
	} {
		if got, _, err := volume.ReadSegments([]byte(text)); !errors.Is(err, volume.ErrInvalid) {
			t.Errorf("%s: %v, %v, want ErrInvalid", name, got, err)
		}
	}
}

func TestReadSegmentsIsBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("index\tname\n")
	for i := range volume.MaxSegments + 10 {
		fmt.Fprintf(&b, "%d\tlabel %d\n", i, i)
	}
	got, skipped, err := volume.ReadSegments([]byte(b.String()))
	if err != nil || len(got) != volume.MaxSegments || skipped != 10 {
		t.Errorf("%d segments, %d skipped, %v", len(got), skipped, err)
	}
	got, _, err = volume.ReadSegments([]byte("index\tname\n1\t" + strings.Repeat("é", 100_000)))
	if err != nil || len(got[0].Name) > 1000 {
		t.Errorf("a name of %d bytes, %v", len(got[0].Name), err)
	}
}

func FuzzReadSegments(f *testing.F) {
	f.Add([]byte("index\tname\tcolor\n1\t\"a\"\"b\"\t#ff0000\n"))
	f.Add([]byte("\ufeffid,label,r,g,b\r\n3,x,1,2,3\r"))
	f.Add([]byte("1 Left-Thalamus 0 118 14 0\n"))
	f.Add([]byte("1 255 0 0 1 1 1 \"Label 1\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, skipped, err := volume.ReadSegments(text)
		if err != nil {
			if !errors.Is(err, volume.ErrInvalid) {
				t.Fatalf("error %v does not wrap ErrInvalid", err)
			}
			return
		}
		if lines := strings.Count(strings.ReplaceAll(string(text), "\r", "\n"), "\n") + 1; len(got)+skipped > lines {
			t.Fatalf("%d segments and %d skipped of %d lines", len(got), skipped, lines)
		}
		seen := map[uint64]bool{}
		for _, s := range got {
			if seen[s.ID] || s.Name == "" && s.Color == "" || s.Color != "" && len(s.Color) != 7 || strings.ContainsAny(s.Name, "\n\x00") {
				t.Fatalf("segment %+v", s)
			}
			seen[s.ID] = true
		}
	})
}
