"""The rules of surface water: classes of samples, sections, rivers, lakes and regions, and what is built on them."""
