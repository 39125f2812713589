"""What somebody's access left on a cluster: `sorts` names it, `deeds` and `marks` say whose it is, `residue` puts it together."""
