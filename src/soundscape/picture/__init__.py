"""Pictures of a plan: on paper and screens (SVG, PNG), and in the terminal."""
