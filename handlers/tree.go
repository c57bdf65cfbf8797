package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"

	"ngportal/access"
	"ngportal/s3index"
	"ngportal/views"
)

// maxTreeDepth is how many folders above the current one are listed for the tree. Deeper ones have the breadcrumbs.
const maxTreeDepth = 8

// An aside is the sub-folders of the folders above the one being shown, outermost first.
type aside []level

type level struct {
	names []string
	more  bool
}

// treeAside lists the folders above p while the page's own listing runs. The tree is beside the
// point of the page: a level that cannot be listed only shows the way down.
func (s *site) treeAside(ctx context.Context, who access.Rights, p place) <-chan aside {
	done := make(chan aside, 1)
	above := ancestors(p.ref.Path)
	go func() {
		tree := make(aside, len(above))
		var wg sync.WaitGroup
		for i, path := range above {
			wg.Go(func() {
				ref := p.ref
				ref.Path = path
				if l, err := s.folders(ctx, who, ref); err == nil {
					tree[i] = l
				}
			})
		}
		wg.Wait()
		done <- tree
	}()
	return done
}

// ancestors are the paths of the folders above path, outermost first: "" and "a/" for "a/b/".
func ancestors(path string) []string {
	if path == "" {
		return nil
	}
	out := []string{""}
	for i := range strings.TrimSuffix(path, "/") {
		if path[i] == '/' {
			out = append(out, path[:i+1])
		}
	}
	if len(out) > maxTreeDepth {
		out = out[len(out)-maxTreeDepth:]
	}
	return out
}

// page is the tree beside the page of the folder p.
func (a aside) page(p place, f s3index.Folder) views.TreeList {
	list := treeList(p, p.ref.Path, levelOf(f))
	above := ancestors(p.ref.Path)
	for i := len(above) - 1; i >= 0; i-- {
		child := p.ref.Path
		if i+1 < len(above) {
			child = above[i+1]
		}
		name := strings.TrimSuffix(child[len(above[i]):], "/")
		outer := a[i]
		if !slices.Contains(outer.names, name) { // beyond the first rows, or not listed
			outer.names = append(outer.names, name)
			slices.Sort(outer.names)
		}
		kids := list
		list = treeList(p, above[i], outer)
		for j := range list.Nodes {
			if n := &list.Nodes[j]; n.Name == named(name) {
				n.Open, n.Kids, n.Current = true, kids, i == len(above)-1
			}
		}
	}
	return list
}

func treeList(p place, path string, l level) views.TreeList {
	var list views.TreeList
	for _, name := range l.names {
		ref := p.ref
		ref.Path = path + name + "/"
		if access.CheckPath(ref.Path) != nil {
			continue
		}
		list.Nodes = append(list.Nodes, views.TreeNode{Name: named(name), Href: browseURL(p.dataset, ref), TreeHref: treeURL(p.dataset, ref)})
	}
	if l.more {
		list.More = "and more; see the rows"
	}
	return list
}

// tree answers a node of the tree that is opened in place: the folders below it, as a part of a page.
func (s *site) tree(w http.ResponseWriter, r *http.Request) error {
	p, err := s.place(r)
	if err != nil {
		return err
	}
	l, err := s.folders(r.Context(), rights(r), p.ref)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, views.Tree(treeList(p, p.ref.Path, l)))
}

// folders lists the sub-folders of a folder for the tree.
func (s *site) folders(ctx context.Context, who access.Rights, ref access.Ref) (level, error) {
	f, err := s.Library.Folder(ctx, who, ref, s3index.Page{Limit: pageRows})
	return levelOf(f), err
}

// levelOf picks the folders of a listing.
func levelOf(f s3index.Folder) level {
	l := level{more: f.Next != ""}
	for _, e := range f.Entries {
		if e.Folder {
			l.names = append(l.names, e.Name)
		}
	}
	return l
}
