package handlers

import (
	"strings"

	"ngportal/views"
)

// nameWords are the entities of BIDS in a name, in words; nil for a name that has none. Names are read leniently: LINC
// and others have entities and suffixes of their own.
func nameWords(name string) []views.Fact {
	stem, _, _ := strings.Cut(name, ".")
	parts := strings.Split(stem, "_")
	words := entityWords()
	var out []views.Fact
	for i, part := range parts {
		key, value, ok := strings.Cut(part, "-")
		switch {
		case ok && words[key] != "" && value != "":
			out = append(out, fact(words[key], valueWords(key, value)))
		case !ok && i > 0 && i == len(parts)-1 && len(out) > 0:
			if what := suffixWords()[part]; what != "" {
				out = append(out, fact("Kind of data", what+" ("+part+")"))
			}
		}
	}
	return out
}

// entityWords are the entities of BIDS 1.10 that occur with images and tracts, and those of derivatives.
func entityWords() map[string]string {
	return map[string]string{
		"sub": "Subject", "ses": "Session", "sample": "Sample", "task": "Task", "tracksys": "Tracking system", "acq": "Acquisition",
		"ce": "Contrast agent", "trc": "Tracer", "stain": "Stain", "rec": "Reconstruction", "dir": "Phase encoding", "run": "Run",
		"mod": "Modality", "echo": "Echo", "flip": "Flip angle", "inv": "Inversion", "mt": "Magnetization transfer", "part": "Part",
		"hemi": "Hemisphere", "space": "Space", "split": "Split", "recording": "Recording", "chunk": "Chunk", "atlas": "Atlas",
		"seg": "Segmentation", "scale": "Scale", "res": "Resolution", "den": "Density", "label": "Label", "desc": "Description",
		"from": "From space", "to": "To space", "mode": "Mode", "model": "Model", "param": "Parameter",
	}
}

// valueWords writes out the values that LINC uses for samples.
func valueWords(key, value string) string {
	words := map[string]string{
		"sample-brain": "whole brain", "sample-lefthemi": "left hemisphere", "sample-righthemi": "right hemisphere", "sample-hemi": "one hemisphere",
		"hemi-L": "left", "hemi-R": "right",
	}[key+"-"+value]
	if words == "" {
		return value
	}
	return words + " (" + value + ")"
}

// suffixWords are the suffixes of BIDS's anat, dwi and micr, and of its derivatives.
func suffixWords() map[string]string {
	return map[string]string{
		"T1w": "T1-weighted MRI", "T2w": "T2-weighted MRI", "T2starw": "T2*-weighted MRI", "PDw": "proton density MRI", "FLAIR": "FLAIR MRI",
		"T1map": "map of T1", "T2map": "map of T2", "R2starmap": "map of R2*", "MTRmap": "map of magnetization transfer",
		"dwi": "diffusion MRI", "bold": "functional MRI", "angio": "angiography", "dseg": "labels, one for each voxel",
		"probseg": "probability of a label", "mask": "mask", "tractography": "streamlines", "xfm": "registration", "dparam": "diffusion parameters",
		"TEM": "transmission electron microscopy", "SEM": "scanning electron microscopy", "uCT": "micro-CT", "BF": "bright-field microscopy",
		"DF": "dark-field microscopy", "PC": "phase-contrast microscopy", "DIC": "differential interference contrast microscopy",
		"FLUO": "fluorescence microscopy", "CONF": "confocal microscopy", "PLI": "polarized light imaging", "CARS": "coherent anti-Stokes Raman scattering",
		"2PE": "two-photon microscopy", "MPE": "multi-photon microscopy", "SR": "super-resolution microscopy", "NLO": "nonlinear optical microscopy",
		"OCT": "optical coherence tomography", "SPIM": "light-sheet microscopy", "XPCT": "X-ray phase-contrast tomography",
	}
}
