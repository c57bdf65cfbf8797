package tract

import (
	"fmt"
	"strings"
)

// list makes the list of bundles, or says why there is none.
func (s *Surveyor) list() (bundles []Bundle, why string, err error) {
	switch {
	case s.grouped():
		return s.groups()
	case s.numbered():
		bundles, why = s.values()
	}
	return bundles, why, nil
}

// values lists the bundles that a property numbers.
func (s *Surveyor) values() ([]Bundle, string) {
	name := strings.TrimSpace(s.file.head.Properties[s.file.head.BundleProperty].Name)
	if s.wild {
		return nil, fmt.Sprintf("The property %q has values that are not whole numbers from 0 to 65,534, "+
			"so it was not taken for a list of bundles.", name)
	}
	var all []Bundle
	for id, t := range s.bundles {
		if t.streamlines == 0 {
			continue
		}
		all = append(all, Bundle{
			ID: uint16(id), Name: s.file.head.bundleName(uint16(id)), Streamlines: t.streamlines, Points: t.points, MeanLength: t.mean(),
		})
	}
	if len(all) > maxBundles {
		return nil, tooMany(fmt.Sprintf("The property %q has %d different values", name, len(all)))
	}
	return all, ""
}

func tooMany(what string) string {
	return fmt.Sprintf("%s, more than the %d that a list of bundles may have: no bundles are listed.", what, maxBundles)
}

// groups lists those of the file.
func (s *Surveyor) groups() ([]Bundle, string, error) {
	groups := s.file.head.Groups
	if len(groups) > maxBundles {
		return nil, tooMany(fmt.Sprintf("The file has %d groups", len(groups))), nil
	}
	all := make([]Bundle, 0, len(groups))
	for i, g := range groups {
		members, err := s.file.Group(i)
		if err != nil {
			return nil, "", err
		}
		var t tally
		for _, m := range members {
			if int64(m) >= int64(len(s.sum.Counts)) {
				return nil, "", invalid("the group %q names streamline %d, but the file has only %d", g.Name, m, len(s.sum.Counts))
			}
			n := s.sum.Counts[m]
			one := tally{streamlines: 1, points: int64(n), length: float64(s.lengths[m])}
			if n >= 2 {
				one.drawn = 1
			}
			t.add(one)
		}
		all = append(all, Bundle{ID: uint16(i + 1), Name: g.Name, Streamlines: t.streamlines, Points: t.points, MeanLength: t.mean()})
	}
	return all, "", nil
}
