package handlers

import (
	"net/http"
	"strings"

	"ngportal/access"
	"ngportal/store"
	"ngportal/views"
)

const (
	newestLinks = 5   // on the first page
	maxCards    = 200 // likewise, of datasets of either kind; for others there is a search
)

// home is the first page: the datasets one may see, those one may ask for, and the newest links; to somebody who has
// not signed in, what this is and what is public.
func (s *site) home(w http.ResponseWriter, r *http.Request) error {
	at := listAt(r, "/")
	text := strings.TrimSpace(at.text)
	m := views.HomePage{Page: s.page(r, "Data"), Ask: s.Ask, Found: text}
	may := rights(r)
	visible, listed := may.Visible(), may.Listed()
	if len(visible) > maxCards || len(listed) > maxCards || text != "" {
		m.Search = at.search("Search datasets")
	}
	visible, m.Shown = firstCards(matching(visible, text), text)
	for _, d := range visible {
		m.Datasets = append(m.Datasets, views.DatasetCard{
			Title: d.Title, Name: d.Name, Href: datasetURL(d.Name), Description: d.Description,
		})
	}
	if !may.Person().SignedIn() {
		m.Title = "Welcome"
		return s.render(w, r, http.StatusOK, views.Home(m))
	}
	var err error
	listed, m.AskShown = firstCards(matching(listed, text), text)
	if m.Askable, err = s.askable(r, listed); err != nil {
		return err
	}
	links, err := s.Store.Links(r.Context(), may.Person(), newestLinks+1)
	if err != nil {
		return err
	}
	m.More = len(links) > newestLinks
	m.Links = s.linkRows(links[:min(len(links), newestLinks)])
	return s.render(w, r, http.StatusOK, views.Home(m))
}

// firstCards are as many of the datasets as the first page shows, and how many these are if that has to be said.
func firstCards(found []access.Dataset, text string) (shown []access.Dataset, position string) {
	switch {
	case len(found) > maxCards:
		return found[:maxCards], "The first " + views.Number(maxCards) + " of " + views.Number(len(found)) + " datasets. Search for the others."
	case text != "" && len(found) > 0:
		return found, plural(len(found), "dataset") + " found."
	}
	return found, ""
}

// askable are listed datasets that the person may not see, each with how far their request for it has come.
func (s *site) askable(r *http.Request, listed []access.Dataset) ([]views.AskCard, error) {
	if len(listed) == 0 {
		return nil, nil
	}
	asked, err := s.asked(r)
	if err != nil {
		return nil, err
	}
	var cards []views.AskCard
	for _, d := range listed {
		c := views.AskCard{Title: d.Title, Name: d.Name, Description: d.Description, Href: requestURL(d.Name, "")}
		if last, ok := asked[d.ID]; ok && last.State != store.Withdrawn {
			c.State = requestState(last)
			if last.State == store.Waiting {
				c.Href = ""
			}
		}
		cards = append(cards, c)
	}
	return cards, nil
}

// asked are the person's newest requests by dataset.
func (s *site) asked(r *http.Request) (map[int64]store.Request, error) {
	all, err := s.Store.RequestsOf(r.Context(), rights(r), person(r).ID)
	if err != nil {
		return nil, err
	}
	newest := map[int64]store.Request{}
	for _, one := range all {
		if _, ok := newest[one.Dataset]; !ok {
			newest[one.Dataset] = one
		}
	}
	return newest, nil
}
