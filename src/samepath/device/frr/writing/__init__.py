"""Writing FRR and Quagga: changes of a policy, and a whole customer gateway with strongSwan."""
