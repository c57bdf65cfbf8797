package annotation

import "ngportal/tract"

// memberships are the groups of each streamline of a file: six bytes a streamline if each is in one.
type memberships struct {
	ends []uint32 // of each streamline's part of groups; that of the one before is where it begins
	of   []uint16 // numbers of groups, see [tract.Streamline]
}

// membershipsOf reads the groups of f, each twice; nil if it has none. The error is that of [tract.File.Group].
func membershipsOf(f *tract.File) (*memberships, error) {
	groups := min(len(f.Header().Groups), tract.Unassigned-1)
	if groups == 0 {
		return nil, nil //nolint:nilnil // none is no error
	}
	m := &memberships{}
	for i := range groups {
		members, err := f.Group(i)
		if err != nil {
			return nil, err
		}
		if n := len(members); n > 0 && int(members[n-1]) >= len(m.ends) {
			m.ends = append(m.ends, make([]uint32, int(members[n-1])+1-len(m.ends))...)
		}
		for _, k := range members {
			m.ends[k]++
		}
	}
	total := uint32(0)
	for k, n := range m.ends { // first where each begins; filling moves it to the end
		m.ends[k] = total
		total += n
	}
	m.of = make([]uint16, total)
	for i := range groups {
		members, err := f.Group(i)
		if err != nil {
			return nil, err
		}
		for _, k := range members {
			if int(k) < len(m.ends) && m.ends[k] < total {
				m.of[m.ends[k]] = uint16(i + 1)
				m.ends[k]++
			}
		}
	}
	return m, nil
}

// groups returns those of a streamline.
func (m *memberships) groups(number int64) []uint16 {
	if number < 0 || number >= int64(len(m.ends)) {
		return nil
	}
	from := uint32(0)
	if number > 0 {
		from = m.ends[number-1]
	}
	return m.of[from:max(from, m.ends[number])]
}
