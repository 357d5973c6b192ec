"""两处不一致: what two people told differently without knowing of each other, asked of the village and settled by it."""
