"""Pages over every case type: lists, the case, forms made from what a type asks, offices."""
