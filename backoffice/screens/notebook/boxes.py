"""The box in which a note is written; after an @ it suggests whom to name (``colleagues``)."""

from typing import Any

from django import forms

from inventory.notebook import wording

from . import colleagues

PLACEHOLDER = "What should the next one know? @name tells somebody."


class NoteForm(forms.Form):
    text = forms.CharField(
        label="Note",
        max_length=wording.MOST_SIGNS,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": PLACEHOLDER, "class": "vLargeTextField"}),
    )
    is_pinned = forms.BooleanField(label="Pinned: stands above the others", required=False)

    class Media:
        js = ("backoffice/mentions.js",)

    def __init__(self, data: Any = None, *, about: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        attrs = self.fields["text"].widget.attrs
        attrs.pop("maxlength", None)  # what is pasted is not cut off in silence
        attrs["data-names"] = colleagues.address(about._meta.concrete_model._meta.label_lower)
        attrs["data-names-label"] = "People"


class EditForm(NoteForm):
    was = forms.CharField(widget=forms.HiddenInput, strip=False, required=False)
