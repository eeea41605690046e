"""NLCL: unsupervised deraining by non-local contrastive learning (Ye et al., CVPR 2022), to read, train and use."""
