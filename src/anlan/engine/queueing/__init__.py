"""How busy units are: Erlang, and Larson's hypercube."""
