"""From labelled paragraphs to a model: bags, fitting, evaluation, quality of labels, agreement of coders."""
