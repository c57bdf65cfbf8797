package volume_test

import "ngportal/volume"

// ranger reads parts of what get reads whole.
func ranger(get volume.Getter) volume.Ranger {
	return func(name string, offset, length int64) ([]byte, error) {
		raw, err := get(name)
		if err != nil {
			return nil, err
		}
		if offset < 0 {
			offset = max(0, int64(len(raw))+offset)
		}
		raw = raw[min(offset, int64(len(raw))):]
		if length >= 0 {
			raw = raw[:min(length, int64(len(raw)))]
		}
		return raw, nil
	}
}
